"""What is prepared before a fault and looked at after it. Imports clients and judgement."""
