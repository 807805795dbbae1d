"""Exchange: models and studies in the formats of other tools."""

from bimodal.exchange.sbml import export_sbml, id_map, to_sbml
from bimodal.exchange.table_courses import SubjectCourse, TableCourses, table_courses
from bimodal.exchange.time_course import TimeCourse, time_course

__all__ = [
    "SubjectCourse",
    "TableCourses",
    "TimeCourse",
    "export_sbml",
    "id_map",
    "table_courses",
    "time_course",
    "to_sbml",
]
