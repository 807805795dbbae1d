"""Files of users read with their place for messages, and files of results written whole or not at all."""
