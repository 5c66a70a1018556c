"""Stand-ins for the modules that node packs import. Their names, arguments and results are the field's."""
