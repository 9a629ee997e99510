"""From somebody's product list to the shop's products: one resource, used by `import_products` and by the admin."""
