"""The resources of the wire contract, one file each, and the table that names them all."""
