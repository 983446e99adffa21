"""What a node needs of Redis, each contract with its adapters: directory, heartbeats, streams. Imports no other
package.
"""
