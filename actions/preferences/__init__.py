"""The room `preferences`: what a supporter may see and change about themselves."""
