"""Fields that somebody outside can fill: what becomes of what they write there."""

SHOWN = """
A2A SendMessage params.message.parts.[].data.arguments.reason
MCP tools/call params._meta.io.xop/conversation
MCP tools/call params.arguments.reason
POST /access/v1/evaluation context.conversation
POST /access/v1/evaluation subject.id
POST /v1/alias previousId
POST /v1/choices conversation
POST /v1/customers/{customer}/consents notice.id
POST /v1/customers/{customer}/consents notice.version
POST /v1/customers/{customer}/consents proof
POST /v1/customers/{customer}/journeys/{journey} conversation
POST /v1/customers/{customer}/journeys/{journey} key
POST /v1/customers/{customer}/legal-holds detail
POST /v1/customers/{customer}/legal-holds/{hold}/lifting reason
POST /v1/customers/{customer}/runs/{run}/answers note
POST /v1/evaluations actor
POST /v1/evaluations conversation
POST /v1/group groupId
POST /v1/halts reason
POST /v1/halts/resumption reason
POST /v1/handovers intent
POST /v1/handovers language
POST /v1/handovers suggested.[].action
POST /v1/handovers suggested.[].arguments.reason
POST /v1/handovers suggested.[].arguments.{key}
POST /v1/handovers suggested.[].arguments.{}
POST /v1/handovers suggested.[].reason
POST /v1/handovers suggested.[].title
POST /v1/handovers summary
POST /v1/handovers transcript.[].title
POST /v1/handovers transcript.[].uri
POST /v1/handovers tried.[].detail
POST /v1/handovers tried.[].what
POST /v1/handovers/{handover}/decline reason
POST /v1/handovers/{handover}/return facts.plan
POST /v1/handovers/{handover}/return facts.{key}
POST /v1/handovers/{handover}/return facts.{}
POST /v1/handovers/{handover}/return notes
POST /v1/identify traits.name
POST /v1/identity/merge reason
POST /v1/identity/unmerge reason
POST /v1/incidents decisions.[]
POST /v1/incidents summary
POST /v1/incidents/{incident}/closing outcome
POST /v1/incidents/{incident}/reports reference
POST /v1/incidents/{incident}/reports to
POST /v1/invocations/{invocation}/approval arguments.reason
POST /v1/invocations/{invocation}/approval note
POST /v1/invocations/{invocation}/reversal conversation
POST /v1/page name
POST /v1/proposals arguments.berth
POST /v1/proposals arguments.lines.[]
POST /v1/proposals arguments.note
POST /v1/proposals arguments.reason
POST /v1/proposals arguments.words
POST /v1/proposals conversation
POST /v1/screen name
POST /v1/tasks/{invocation}/completion note
POST /v1/track context.userAgent
POST /v1/track event
POST /v1/track properties.{key}
POST /v1/track properties.{}
a comment of a policy
conversation data text
signal data call
signal data id
signal data name
signal data path
signal data plan
signal data reference
signal data what
signal data zone
signal data {key}
signal data {}
signal source
signal xopidentifiers
upstream note
upstream tool [].annotations.title
upstream tool [].description
upstream tool [].inputSchema.properties.{key}
upstream tool [].inputSchema.properties.{}.description
upstream tool [].inputSchema.required.[]
upstream tool [].name
upstream tool [].title
upstream {key}
upstream {}
""".splitlines()[1:]
"""Shown on a page, as it was written."""

KEPT = """
A2A SendMessage params.message.contextId
A2A SendMessage params.message.messageId
A2A SendMessage params.message.metadata.{key}
A2A SendMessage params.message.metadata.{}
A2A SendMessage params.message.parts.[].text
MCP tools/call params._meta.io.modelcontextprotocol/clientInfo.name
MCP tools/call params._meta.io.modelcontextprotocol/clientInfo.version
MCP tools/call params.arguments.customer
MCP tools/call params.arguments.{key}
MCP tools/call params.arguments.{}
POST /access/v1/evaluation action.name
POST /access/v1/evaluation action.properties.{key}
POST /access/v1/evaluation action.properties.{}
POST /access/v1/evaluation context.arguments.reason
POST /access/v1/evaluation context.arguments.{key}
POST /access/v1/evaluation context.arguments.{}
POST /access/v1/evaluation context.purpose
POST /access/v1/evaluation resource.id
POST /access/v1/evaluation resource.properties.{key}
POST /access/v1/evaluation resource.properties.{}
POST /access/v1/evaluation resource.type
POST /access/v1/evaluation subject.properties.{key}
POST /access/v1/evaluation subject.properties.{}
POST /access/v1/evaluation subject.type
POST /v1/choices request.{key}
POST /v1/choices request.{}
POST /v1/customers/{customer}/journeys/{journey} data.path
POST /v1/customers/{customer}/journeys/{journey} data.{key}
POST /v1/customers/{customer}/journeys/{journey} data.{}
POST /v1/evaluations arguments.reason
POST /v1/group traits.name
POST /v1/handovers skills.[]
POST /v1/handovers tried.[].invocation
POST /v1/identify traits.email
POST /v1/incidents/{incident}/category note
POST /v1/log reason
POST /v1/outbox/{invocation}/reconcile note
POST /v1/page properties.referrer
POST /v1/page properties.title
POST /v1/page properties.url
POST /v1/proposals idempotency-key
POST /v1/releases/preview before
POST /v1/track context.page.url
POST /v1/track messageId
POST /v1/track userId
POST /v1/track anonymousId
a comment of a watched policy
conversation data from
signal id
signal other
upstream answer
upstream error
""".splitlines()[1:]
"""Taken, and shown on none of the pages that are walked through; one that is belongs above."""

REFUSED = """
POST /v1/choices decision_set
POST /v1/customers/{customer}/consents channel
POST /v1/customers/{customer}/consents indicated_by
POST /v1/customers/{customer}/consents notice.language
POST /v1/customers/{customer}/consents notice.sha256
POST /v1/customers/{customer}/consents purpose
POST /v1/customers/{customer}/legal-holds ground
POST /v1/customers/{customer}/legal-holds name
POST /v1/customers/{customer}/notices channel
POST /v1/customers/{customer}/notices conversation
POST /v1/customers/{customer}/notices language
POST /v1/customers/{customer}/notices system
POST /v1/customers/{customer}/notices text
POST /v1/customers/{customer}/preferences channel
POST /v1/customers/{customer}/preferences purpose
POST /v1/customers/{customer}/probes probe
POST /v1/customers/{customer}/runs/{run}/answers choice
POST /v1/evaluations action
POST /v1/evaluations arguments.{key}
POST /v1/evaluations arguments.{}
POST /v1/evaluations purpose
POST /v1/examinations/{subject}/preview files.signals/more.yaml
POST /v1/examinations/{subject}/preview files.{key}
POST /v1/examinations/{subject}/preview files.{}
POST /v1/examinations/{subject}/preview release
POST /v1/halts scope
POST /v1/handovers conversation
POST /v1/handovers queue
POST /v1/handovers/{handover}/return outcome
POST /v1/identity/unmerge other
POST /v1/incidents agent
POST /v1/invocations/{invocation}/approval arguments.{key}
POST /v1/invocations/{invocation}/approval arguments.{}
POST /v1/invocations/{invocation}/approval binding
POST /v1/log origin
POST /v1/proposals action
POST /v1/proposals arguments.cents
POST /v1/proposals arguments.{key}
POST /v1/proposals arguments.{}
POST /v1/proposals customer
POST /v1/proposals purpose
POST /v1/releases before
POST /v1/releases choices.crossing.steps.{key}
POST /v1/releases choices.{key}
POST /v1/releases choices.{}.steps.{key}
POST /v1/releases files.signals/more.yaml
POST /v1/releases files.{key}
POST /v1/releases files.{}
POST /v1/releases release
POST /v1/releases/preview choices.crossing.steps.{key}
POST /v1/releases/preview choices.{key}
POST /v1/releases/preview choices.{}.steps.{key}
POST /v1/releases/preview files.signals/more.yaml
POST /v1/releases/preview files.{key}
POST /v1/releases/preview files.{}
POST /v1/releases/preview release
POST /v1/shadow files.signals/more.yaml
POST /v1/shadow files.{key}
POST /v1/shadow files.{}
POST /v1/shadow release
POST /v1/tasks/{invocation}/completion output
POST /v1/tasks/{invocation}/completion output.{key}
POST /v1/tasks/{invocation}/completion output.{}
signal subject
signal type
""".splitlines()[1:]
"""Not taken: the field has a form, or must name something that there is."""
