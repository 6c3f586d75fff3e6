"""The engines that do the work behind the REST API."""
