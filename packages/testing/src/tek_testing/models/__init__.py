"""A model server that speaks the OpenAI API, with faults."""
