"""The impure loop, written on ports only: it gathers, steps the kernel, makes facts durable and dispatches."""
