"""AMQP 1.0 on the wire (OASIS standard): type codec, frames and performatives. Knows nothing of Service Bus."""
