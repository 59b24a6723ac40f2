"""Letters: write to a target. By email a letter waits for its writer's confirmation and for the target's hours; by
post it is typeset here and now, as a PDF that its writer signs and posts, and nothing of it is kept.
"""
