"""Fixtures that several test modules use, and what holds for all."""

import importlib.util
import sys
from pathlib import Path

from hypothesis import settings

# How long an example takes is the machine's affair: time is measured in benchmarks.
settings.register_profile("shanhe", deadline=None)
settings.load_profile("shanhe")

_spec = importlib.util.spec_from_file_location("postgis", Path(__file__).with_name("postgis.py"))
_module = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = _module
_spec.loader.exec_module(_module)
postgis_server = _module.postgis_server
