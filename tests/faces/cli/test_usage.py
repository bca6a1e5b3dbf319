"""Options, exit codes and the two ways to a platform."""

import json
import socket

import pytest

from tests.faces.cli.conftest import serving
