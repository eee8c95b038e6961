"""Our client against our sandbox, through a validator that holds both to the official OpenAPI files."""
