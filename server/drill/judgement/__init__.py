"""The evidence of a drill, the invariants, and the verdict. Imports clients."""
