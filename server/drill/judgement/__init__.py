"""The evidence of a drill, what must hold of it, and the verdict. Imports clients."""
