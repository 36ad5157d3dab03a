"""AMQP 1.0 on the wire (OASIS standard): type codec, frames and performatives, without anything of Service Bus."""
