"""The operator's pages: form, service, redirect."""
