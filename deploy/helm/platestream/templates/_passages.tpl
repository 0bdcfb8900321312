{{/* The passages application: labels, image, settings. */}}

{{- define "platestream.passagesSelectorLabels" -}}
app.kubernetes.io/name: {{ include "platestream.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: passages
{{- end -}}

{{/* Of the reader's repository and tag, with a suffix; or pinned by a digest of its own. */}}
{{- define "platestream.passagesImage" -}}
{{- $image := .Values.image -}}
{{- $name := $image.repository -}}
{{- if $image.registry -}}
{{- $name = printf "%s/%s" $image.registry $image.repository -}}
{{- end -}}
{{- if .Values.passages.imageDigest -}}
{{- printf "%s@%s" $name .Values.passages.imageDigest -}}
{{- else -}}
{{- printf "%s:%s%s" $name (default .Chart.AppVersion $image.tag) .Values.passages.imageTagSuffix -}}
{{- end -}}
{{- end -}}

{{- define "platestream.passagesConfig" -}}
{{- $passages := .Values.passages -}}
{{- toYaml (dict
  "group_id" $passages.groupId
  "topics" (merge (dict "results" .Values.kafka.topics.results) (pick $passages.topics "passages" "alerts" "hotlist"))
) -}}
{{- end -}}

{{- define "platestream.validatePassages" -}}
{{- if not .Values.kafka.enabled -}}
{{- fail "passages.enabled needs kafka.enabled" -}}
{{- end -}}
{{- if not .Values.kafka.topics.results -}}
{{- fail "passages.enabled needs kafka.topics.results, such as frames.results: that is what passages are made of" -}}
{{- end -}}
{{- end -}}
