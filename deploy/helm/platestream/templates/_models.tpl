{{/*
The model bundle, fetched by its digest before the service starts; into the volume for models, or into one
that goes with the pod.
*/}}

{{- define "platestream.modelsConfig" -}}
{{- if .Values.models.pull.source -}}
bundle: {{ include "platestream.storagePath" "models" }}/current
{{- end -}}
{{- end -}}

{{/* Where they are not kept in a claim: _storage.tpl mounts that. */}}
{{- define "platestream.modelsMounts" -}}
{{- if and .Values.models.pull.source (not .Values.persistence.models.enabled) -}}
- name: models
  mountPath: {{ include "platestream.storagePath" "models" }}
{{- end -}}
{{- end -}}

{{- define "platestream.modelsVolumes" -}}
{{- if .Values.models.pull.source -}}
{{- if not .Values.persistence.models.enabled }}
- name: models
  emptyDir:
    sizeLimit: {{ .Values.models.pull.maxBytes | int64 | mul 2 }}
{{- end }}
{{- with .Values.models.pull.dockerConfigSecret }}
- name: models-registry
  secret:
    secretName: {{ . }}
    items:
      - {key: .dockerconfigjson, path: config.json}
{{- end }}
{{- end -}}
{{- end -}}

{{- define "platestream.modelsInit" -}}
{{- $pull := .Values.models.pull -}}
{{- if $pull.source -}}
- name: pull-models
  image: {{ include "platestream.image" . | quote }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  {{- with .Values.containerSecurityContext }}
  securityContext:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  args:
    - models
    - pull
    - {{ $pull.source | quote }}
    - --into={{ include "platestream.storagePath" "models" }}
    - --max-bytes={{ $pull.maxBytes | int64 }}
    - --use
    {{- if $pull.plainHttp }}
    - --plain-http
    {{- end }}
  {{- if $pull.dockerConfigSecret }}
  env:
    - {name: DOCKER_CONFIG, value: /etc/platestream-registry}
  {{- end }}
  {{- with $pull.envFrom }}
  envFrom:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  terminationMessagePolicy: FallbackToLogsOnError
  {{- with include "platestream.resources" . | fromYaml }}
  resources:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  volumeMounts:
    - {name: tmp, mountPath: /tmp}
    - name: models
      mountPath: {{ include "platestream.storagePath" "models" }}
    {{- if $pull.dockerConfigSecret }}
    - {name: models-registry, mountPath: /etc/platestream-registry, readOnly: true}
    {{- end }}
{{- end -}}
{{- end -}}
