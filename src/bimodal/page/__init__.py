"""The model as one HTML file: it simulates in the reader's browser, with the numbers of the desk."""

from bimodal.page.explore import explore_bundle, export_bundle
from bimodal.page.html import page_html
from bimodal.page.study_part import study_bundle

__all__ = ["explore_bundle", "export_bundle", "page_html", "study_bundle"]
