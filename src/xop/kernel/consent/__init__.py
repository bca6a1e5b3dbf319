"""Whether a purpose may be pursued on a channel now: grants, withdrawals, objections, and unknown means no."""
