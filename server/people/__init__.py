"""Friends, channels, files and notifications among people who met. Imports auth, cluster and db."""
