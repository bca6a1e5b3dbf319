"""Reads and checks a folder of configuration and compiles it into a release."""

from xop.workspace.folder import Folder, read_folder
from xop.workspace.problem import Problem
from xop.workspace.release import compile_workspace
from xop.workspace.schemas import schemas
from xop.workspace.starter import starter_files, write_starter

__all__ = ["Folder", "Problem", "compile_workspace", "read_folder", "schemas", "starter_files", "write_starter"]
