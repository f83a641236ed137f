"""A guardrail of the organisation does not hold for the key.

A guardrail says of every key what nobody may ever do, what somebody must always be able to do, or which duties nobody
may hold together. It is proved over all requests there can be; where it does not hold, a request that breaks it is
shown. It cannot be accepted in a blueprint or a baseline, because it is not for the key's owner to lift: exceptions
stand in the guardrail itself, under `except`, `unless` and `keys`.

Avoid:

    # guardrails.yaml
    only-deployers-change-policies: {never: {except: [role/Deploy*], do: kms:PutKeyPolicy}}

    # the blueprint
    admins: [role/KeyAdmins]

Prefer:

    admins: [{principal: role/KeyAdmins, can: audit}, {principal: role/DeployKeys, can: admin}]

Source: https://docs.aws.amazon.com/kms/latest/developerguide/least-privilege.html
"""

from __future__ import annotations

CODE = "KMS602"
SEVERITY = "error"
# The engine itself finds it.
