"""What nodes say to each other, in order or with a reset at both ends. Imports ports."""
