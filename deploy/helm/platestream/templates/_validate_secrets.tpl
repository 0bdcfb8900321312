{{/* No secret stands in a value: values are kept with the release, and shown with its objects. */}}

{{/* "true" for the name of a secret; the path of a file with one is none. */}}
{{- define "platestream.isSecret" -}}
{{- if and (regexMatch "(?i)(passw(or)?d|passphrase|secret$|secret_?(access_?)?key|(^|[^a-z])token$|access_?key|private_?key$|\\.pem$|jaas|oauthbearer\\.config)" .) (not (regexMatch "(?i)(_file|_path|location|url)$" .)) -}}
true
{{- end -}}
{{- end -}}

{{/* A ConfigMap is readable by far more people than a Secret. */}}
{{- define "platestream.refuseSecrets" -}}
{{- $path := .path -}}
{{- range $key, $value := .node -}}
{{- $here := printf "%s.%s" $path $key -}}
{{- if kindIs "map" $value -}}
{{- include "platestream.refuseSecrets" (dict "node" $value "path" $here) -}}
{{- else if include "platestream.isSecret" $key -}}
{{- fail (printf "%s looks like a secret and would stand in a ConfigMap: use kafka.sasl.existingSecret, or extraEnv with a secretKeyRef" $here) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/*
The environment and the command line of a pod are shown to everybody who may look at it. A variable
may hold JSON, and an argument a setting, so the names within count, too. `$(NAME)` stands for a
variable that may well come from a Secret.
*/}}
{{- define "platestream.refuseOpenSecrets" -}}
{{- range .Values.extraEnv | default list -}}
{{- $value := toString (.value | default "") -}}
{{- $names := prepend (regexFindAll "\"[\\w.-]+\"\\s*:" $value -1) .name -}}
{{- include "platestream.refuseOpenSecret" (dict "where" (printf "extraEnv: %s" .name) "names" (ternary $names list (ne $value "")) "value" $value) -}}
{{- end -}}
{{- range $key := list "command" "args" "extraArgs" -}}
{{- range get $.Values $key | default list -}}
{{- include "platestream.refuseOpenSecret" (dict "where" $key "names" (regexFindAll "[\\w.-]+=" . -1) "value" .) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "platestream.refuseOpenSecret" -}}
{{- if not (contains "$(" .value) -}}
{{- range .names -}}
{{- $name := regexReplaceAll "[\"\\s:=]" . "" -}}
{{- if include "platestream.isSecret" $name -}}
{{- fail (printf "%s gives %s as a plain value, which everybody sees who may look at the pod: use extraEnv with valueFrom and a secretKeyRef" $.where $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
