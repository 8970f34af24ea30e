"""Programs that developers and CI run; none of them is installed with Tenure."""
