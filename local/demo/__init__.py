"""`make demo`: the journeys of six documents, shown as they happen and checked at the end."""
