"""Expressions: a typed, hash-consed graph with exact derivatives; no strings are ever run as code."""

from bimodal.expr.derivative import derivative, derivatives
from bimodal.expr.evaluate import evaluate
from bimodal.expr.graph import Graph, Node, Term
from bimodal.expr.op import Op

__all__ = ["Graph", "Node", "Op", "Term", "derivative", "derivatives", "evaluate"]
