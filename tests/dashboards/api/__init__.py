"""The API, asked without a socket."""
