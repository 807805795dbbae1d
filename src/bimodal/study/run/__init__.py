"""From a study to its result: computed, stored, read, judged and summed up."""
