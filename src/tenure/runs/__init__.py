"""What time triggers: daily run, deliveries, imports in the background."""
