// Stands here until the module has its first file.
