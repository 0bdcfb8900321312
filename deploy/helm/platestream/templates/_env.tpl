{{/* The container's environment. */}}

{{/* A variable of the user's own replaces the chart's: two of one name would merge by chance. */}}
{{- define "platestream.env" -}}
{{- $extra := .Values.extraEnv | default list -}}
{{- $named := dict -}}
{{- range $extra -}}
{{- $_ := set $named .name true -}}
{{- end -}}
{{- $env := list -}}
{{- range list "kafkaEnv" "registryEnv" "resourceEnv" -}}
{{- range include (printf "platestream.%s" .) $ | fromYamlArray -}}
{{- if not (hasKey $named .name) -}}
{{- $env = append $env . -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- with concat $env $extra }}{{ toYaml . }}{{ end -}}
{{- end -}}

{{/*
What the container is given, for the service's threads and memory bound. Only what is set: of a limit
that is not, or is zero, the kubelet would hand down what the node has.
*/}}
{{- define "platestream.resourceEnv" -}}
{{- $resources := include "platestream.resources" . | fromYaml -}}
{{- $env := list -}}
{{- range list (list "PLATESTREAM_CPU_REQUEST" "requests" "cpu" "1m") (list "PLATESTREAM_CPU_LIMIT" "limits" "cpu" "1m") (list "PLATESTREAM_MEMORY_LIMIT" "limits" "memory" "1") -}}
{{- if not (regexMatch "^0*(\\.0*)?[A-Za-z]*$" (dig (index . 1) (index . 2) "" $resources | toString)) -}}
{{- $field := dict "containerName" "platestream" "resource" (printf "%s.%s" (index . 1) (index . 2)) "divisor" (index . 3) -}}
{{- $env = append $env (dict "name" (index . 0) "valueFrom" (dict "resourceFieldRef" $field)) -}}
{{- end -}}
{{- end -}}
{{- with $env }}{{ toYaml . }}{{ end -}}
{{- end -}}
