"""Small inputs of the kinds that people's files bring, each with what is right."""
