"""What readers get from a run: one self-contained HTML page a notebook, its downloads, and a site over all of them.

Layout of a run's folder, with `page` such as `02_running_costs` or `area/Y60`, and `ccg/area/QGH` for an earlier era::

    index.html  ccg/index.html  <page>.html  notebooks/<page>.ipynb
    tables/<page>/<name>.csv  figures/<page>/<name>.svg, .png
    workbooks/national.xlsx  workbooks/area/<code>.xlsx  workbooks/ccg/national.xlsx ...

No page asks the network for anything; all links are relative, so that a run can be moved, zipped or opened from a
shared drive.
"""

from .files import write_artefacts
from .page import render_page
from .site import build_site

__all__ = ["build_site", "render_page", "write_artefacts"]
