"""What the use cases ask of the outside, as small contracts; adapters below implement them.

Every port says when its effect is durable, whether a call may be repeated, and which error stands
for absence. Adapters are handed to the use cases by `node`; nothing else knows which one is used.
"""
