"""`make demo`: the product's story on the documents in local/samples/, told while it happens and checked at the end."""
