"""What is prepared before a fault and looked at after it. Imports drill_context and clients."""
