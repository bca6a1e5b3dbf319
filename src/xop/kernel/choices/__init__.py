"""Next best action: decision sets, the candidates they hold, and the choices made from them."""
