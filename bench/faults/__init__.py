"""A campaign of faults: the whole job on Ray, disturbed at random instants, until it is complete; then the proof."""
