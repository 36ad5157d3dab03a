"""The headers that carry the host's keys, under the names that Azure's own clients use."""

KEY_HEADER = "x-functions-key"
TOPIC_KEY_HEADER = "aeg-sas-key"
