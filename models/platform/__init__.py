"""What the municipal platform is sent of each day, and when: submissions and their outbox."""
