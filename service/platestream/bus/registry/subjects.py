"""Names of subjects: under what a registry keeps the versions of a schema."""

from platestream.bus.registry.settings import SubjectStrategy


def subject_of(strategy: SubjectStrategy, topic: str, fullname: str) -> str:
    """The subject of the values of ``topic`` that are records ``fullname``."""
    if strategy == "record_name":
        return fullname
    if strategy == "topic_record_name":
        return f"{topic}-{fullname}"
    return f"{topic}-value"
