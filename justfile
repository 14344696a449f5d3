# The commands of the house; `just` lists them. Everything runs in .venv (see README).
set shell := ["bash", "-euo", "pipefail", "-c"]

default:
    @just --list

# ruff, mypy (strict) and the import contracts
house:
    ruff check src tests bench examples
    ruff format --check src tests bench examples
    mypy
    lint-imports

# the default suite, under five minutes on two cores
test:
    pytest

# every law with a thousand examples instead of sixty, the slow ones in proportion
thorough:
    HYPOTHESIS_PROFILE=thorough pytest tests/properties

# enumerated coverage of the binomial intervals, and a bounded sample of the simulated one
calibration:
    pytest tests/calibration -n 0

# every simulated coverage measured again in full, and docs/calibration.md (a quarter of an hour on two cores)
calibrate:
    cd tests && python -m calibration.measure

# mend what ruff can
mend:
    ruff check --fix src tests bench examples
    ruff format src tests bench examples

# docs/generated, and the reports of the examples
generate:
    python tests/generate.py

# all benchmarks, with the peers of the [peers] extra and R where it is installed
bench:
    python bench/aalen_johansen.py
    python bench/bootstrap.py
    python bench/mmrm.py
    python bench/state_occupation.py
    python bench/difference.py
    python bench/imputation.py
    python bench/meta_analysis.py
    python bench/comparison.py
    python bench/comparison_study.py
    python bench/cold.py
    python bench/scale.py

# the lock: hashes, no addresses
lock:
    uv pip compile --universal --generate-hashes --no-emit-index-url --all-extras -q pyproject.toml -o requirements.lock
