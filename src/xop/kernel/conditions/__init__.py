"""Conditions and expressions in CEL: checked against the shape of the data, evaluated within limits, never raising."""

from xop.kernel.conditions.compiled import Condition, Expression, compile_condition, compile_expression
from xop.kernel.conditions.environment import Environment
from xop.kernel.conditions.outcomes import Fault, Problem
from xop.kernel.conditions.shapes import ListOf, MapOf, Record, Shape, shape_of

__all__ = [
    "Condition",
    "Environment",
    "Expression",
    "Fault",
    "ListOf",
    "MapOf",
    "Problem",
    "Record",
    "Shape",
    "compile_condition",
    "compile_expression",
    "shape_of",
]
