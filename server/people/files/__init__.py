"""Files of messages and avatars: permission, upload, re-encoding, storage, links. Pillow runs in a separate process.
Imports no other package.
"""
