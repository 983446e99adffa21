"""Every frame as a type, the codec, the errors and the AsyncAPI document. Imports matchmaker."""
