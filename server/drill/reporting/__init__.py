"""The report of a drill as data, pictures and a page. Imports drill_context and judgement."""
